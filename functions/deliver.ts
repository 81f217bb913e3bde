// Lambda on the queue: batches of jobs, each delivered and recorded.
import process from 'node:process';

import { startDeliver } from './wiring/aws-deliver.ts';

export const handler = await startDeliver(process.env);
