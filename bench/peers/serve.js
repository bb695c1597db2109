// One peer under measurement, started by ../peers.js as `serve.js <name>` with what it needs in the environment;
// answers over IPC what CPU time it took. A peer exports `start`, which answers its port, and its token where it takes
// no other.
const { start } = await import(`./${process.argv[2]}.js`);
const { ISSUER: issuer, JWKS_URL: jwksUrl, JWT_SECRET: secret } = process.env;
const started = await start({ issuer, jwksUrl, secret });
// Nobody is left who could ask.
process.on('disconnect', () => process.exit());
process.on('message', ({ id }) => process.send({ id, answer: process.cpuUsage() }));
process.send(started);
