import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

import { bounceRulesPage } from '../../build/bounce-rules-page.ts';

it('the page of rules is current: npm run build:bounce-rules writes it', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/bounce-rules.md'), 'utf8');
  expect(page).toBe(bounceRulesPage());
});
