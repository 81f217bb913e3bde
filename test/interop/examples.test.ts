import { testExamples } from '../support/example-tests.ts';

testExamples([
  { language: 'go', fileName: 'send.go', command: ['/usr/bin/go', 'run'] },
  { language: 'php', fileName: 'send.php', command: ['/usr/bin/php'] },
]);
