// Writes docs/openapi.json, the document that processes serve, from the routes. `npm run build:openapi` runs it.
import { writeFileSync } from 'node:fs';

import { startApi } from '../test/http/api.ts';

const api = await startApi();
writeFileSync(new URL('../docs/openapi.json', import.meta.url), `${JSON.stringify(await api.document(), null, 2)}\n`);
await api.dispose();
