import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { classify } from '../../functions/bounce/classify.ts';
import { suppressing } from '../../functions/bounce/decide.ts';
import { decideReported } from '../../functions/bounce/reported-refusal.ts';
import { failureEvidence } from '../../functions/core/failure-evidence.ts';
import type { Phase } from '../../functions/core/outcome.ts';

const known = linesOf('known-replies.txt').map((line) => {
  const [code = '', phase = '', category = '', text = ''] = line.split('\t');
  return { code: Number(code), phase: phase as Phase, category, text };
});

describe('what servers in use say is understood', () => {
  it('in some hundreds of sentences', () => expect(known.length).toBeGreaterThan(500));

  it.each(known)('$code $text → $category', ({ code, phase, category, text }) => {
    const enhancedCode = /^([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1] ?? null;
    const verdict = verdictOn(phase, code, enhancedCode, text);
    expect(verdict.category, `by ${verdict.rule}`).toBe(category);
  });
});

describe('what servers say of others than the recipient suppresses nobody', () => {
  const others = linesOf('never-suppress.txt');

  it('in some two hundred sentences', () => expect(others.length).toBeGreaterThan(220));

  it.each(others)('%s', (text) => {
    const replies = (['greeting', 'ehlo', 'mail', 'rcpt', 'dot'] as const).flatMap((phase) =>
      [null, '5.0.0', '5.7.1'].map((enhancedCode) => ({
        phase,
        enhancedCode,
        ...verdictOn(phase, 550, enhancedCode, text),
      })),
    );
    expect(replies.filter(({ suppress }) => suppress)).toEqual([]);

    const reported = ['550', '550 5.0.0', '550 5.7.1'].map((code) =>
      decideReported({ action: 'failed', status: '5.0.0', texts: [`${code} ${text}`], context: '', hosts: [] }),
    );
    const suppressed = reported.filter(({ rule, refusal }) => suppressing(rule.category, refusal.kind));
    expect(suppressed.map(({ rule }) => rule.id)).toEqual([]);
  });
});

describe('what is said before RCPT is about no recipient', () => {
  const early = known.flatMap((reply) => (['greeting', 'ehlo', 'mail'] as const).map((phase) => ({ ...reply, phase })));

  it('whatever words refuse the sender or the client', () => {
    const suppressed = early.filter(({ phase, code, text }) => verdictOn(phase, code, null, text).suppress);
    expect(suppressed).toEqual([]);
  });
});

function linesOf(name: string): string[] {
  const lines = readFileSync(path.join(import.meta.dirname, name), 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

function verdictOn(phase: Phase, code: number, enhancedCode: string | null, text: string) {
  const reply = { code, enhancedCode, text };
  return classify({ ...failureEvidence(phase, '', ''), host: 'mx.test', error: null, reply });
}
