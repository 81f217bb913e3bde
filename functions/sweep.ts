// Lambda, every minute: due deliveries to the queue, stuck ones ended visibly, sender domains checked.
import process from 'node:process';

import { startSweep } from './wiring/aws-sweep.ts';

export const handler = await startSweep(process.env);
