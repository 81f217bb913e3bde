// What a million mails cost on AWS: the shipped functions run on emulated services, every unit that AWS bills is counted, and
// the list prices are put to it. `npm run bench:cost -- --batch=100 --size=100000` and so on; scenario.ts has the options.
import { reportOf } from './cost/report.ts';
import { runScenario } from './cost/run-scenario.ts';
import { readScenario } from './cost/scenario.ts';

const scenario = readScenario(process.argv.slice(2));
console.log(reportOf(scenario, await runScenario(scenario, true)).join('\n'));
process.exit(0);
