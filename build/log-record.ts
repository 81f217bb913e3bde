import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { logRecordPage } from './log-record-page.ts';

// Writes docs/log-record.md from the schema and from records; a test holds them together.
writeFileSync(path.resolve(import.meta.dirname, '../docs/log-record.md'), logRecordPage());
