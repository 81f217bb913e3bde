// `npm test` first runs this: the locked Node 24 stands first on the path of npm scripts, unless optional packages were left out.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Postern needs Node 24 or later, this is ${process.version}. Run "npm ci" without --omit=optional, or install Node 24.`,
  );
  process.exit(1);
}
