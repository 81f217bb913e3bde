import type { Template } from 'aws-cdk-lib/assertions';

type Statement = { readonly Effect: string; readonly Action: string | string[]; readonly Resource: unknown };
type Policy = { readonly Properties: { readonly PolicyDocument: { readonly Statement: readonly Statement[] } } };

/** The resources of the state stack, by what their logical ids begin with. */
const known = [
  'Table',
  'Contents',
  'Jobs',
  'DeadLetters',
  'MasterKey',
  'ApiKey',
  'SubmitLog',
  'DeliverLog',
  'SweepLog',
  'BuryLog',
  'NotifyLog',
  'Notifications',
  'IntakeLog',
  'Returned',
  'EventTopic',
  'Events',
];

/** Everything that the policies of a template allow whose logical id begins so: `action resource`, sorted. */
export function rightsOf(template: Template, policyPrefix: string): string[] {
  const all = { ...template.findResources('AWS::IAM::Policy'), ...template.findResources('AWS::IAM::ManagedPolicy') };
  return Object.entries(all)
    .filter(([id]) => id.startsWith(policyPrefix))
    .flatMap(([, policy]) => (policy as Policy).Properties.PolicyDocument.Statement)
    .flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${nameOf(resource)}`)),
    )
    .toSorted();
}

function nameOf(resource: unknown): string {
  const text = typeof resource === 'string' ? resource : JSON.stringify(resource);
  const name = known.find((one) => new RegExp(`(?:Att|Ref|")${one}[0-9A-F]{8}`).test(text));
  const rest = /"(\/[^"]+)"/.exec(text)?.[1] ?? '';
  return name === undefined ? text : `${name}${rest}`;
}
