import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { bounceRulesPage } from './bounce-rules-page.ts';

// Writes docs/bounce-rules.md from the rules themselves; a test holds the two together.
writeFileSync(path.resolve(import.meta.dirname, '../docs/bounce-rules.md'), bounceRulesPage());
