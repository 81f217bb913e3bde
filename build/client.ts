// Writes client/api-types.ts and client/api-operations.ts from docs/openapi.json. `npm run build:client` runs it.
import { readFileSync, writeFileSync } from 'node:fs';

import { type ApiDocument, operationTable, operationTypes } from './client-types.ts';

const root = new URL('../', import.meta.url);
const document = JSON.parse(readFileSync(new URL('docs/openapi.json', root), 'utf8')) as ApiDocument;
writeFileSync(new URL('client/api-types.ts', root), operationTypes(document));
writeFileSync(new URL('client/api-operations.ts', root), operationTable(document));
