import { bounceRules, type BounceRule } from '../functions/bounce/bounce-rules.ts';

const head = `# Bounce rules

Written by \`npm run build:bounce-rules\` from the rules in \`functions/bounce\`; how they are used stands in [bounces](bounces.md). The first rule that holds decides, from the top; every verdict cites its rule in the field \`rule\`. A condition on the text is a regular expression, looked for without regard to case, in one line in which addresses are \`@\`. "Suppresses" is about permanent refusals only.
`;

/** The page of all rules, as it is committed. */
export function bounceRulesPage(): string {
  const groups = Map.groupBy(bounceRules(), ({ group }) => group);
  return `${head}${Array.from(groups, ([group, rules]) => `\n## ${group}\n${rules.map(ruleText).join('')}`).join('')}`;
}

function ruleText({ id, category, suppress, conditions, source }: BounceRule): string {
  const lines = conditions.map((condition) => `  - ${asCode(condition)}\n`).join('');
  return `- **${id}** → \`${category}\`${suppress ? ', suppresses' : ''}. Source: ${source}.\n${lines}`;
}

// The expression of a text condition holds what Markdown would read as its own.
function asCode(condition: string): string {
  return condition.startsWith('text: ') ? `text: \`\` ${condition.slice('text: '.length)} \`\`` : condition;
}
