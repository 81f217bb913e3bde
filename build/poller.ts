// Bundles the poller: all that a container, or a machine with Node 24, needs of this repository. Into dist/poller, or the folder given.
import { rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { bundleForLambda } from './lambda-bundle.ts';

const root = path.resolve(import.meta.dirname, '..');
const folder = process.argv[2] ?? path.join(root, 'dist', 'poller');
// Chunks are named by what is in them: those of an earlier bundle would stay.
rmSync(folder, { recursive: true, force: true });
await bundleForLambda(path.join(root, 'functions', 'poll.ts'), folder);
