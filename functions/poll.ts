// One process on SQS: the work of `deliver`, for a machine whose address may send mail. `npm run build:poller` bundles it.
import process from 'node:process';

import { runPoller } from './wiring/aws-poll.ts';

await runPoller(process.env);
