// Writes docs/openapi.json: the document as a running process serves it. `npm run build:openapi` runs it.
import { writeFileSync } from 'node:fs';

import { temporaryDirectory } from '../test/adapters/temporary-store.ts';
import { startPostern } from '../test/support/postern-process.ts';

const temporary = temporaryDirectory();
const postern = await startPostern(temporary.directory, {});
const document: unknown = await (await postern.request('GET', '/openapi.json')).json();
writeFileSync(new URL('../docs/openapi.json', import.meta.url), `${JSON.stringify(document, null, 2)}\n`);
await postern.stop();
temporary.dispose();
