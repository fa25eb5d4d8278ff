// Requests in turn on one keep-alive connection. usage: node desync.js PATH...
const http = require('http');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

const get = (path) => new Promise((done) => {
  const req = http.get({ host: '10.79.0.2', port: 80, path, agent }, (res) => {
    res.resume();
    res.on('end', () => done(`${res.statusCode}`));
  });
  req.on('error', (e) => done(`${e.code}: ${e.message}`));
});

(async () => {
  for (const path of process.argv.slice(2)) console.log(`${path}: ${await get(path)}`);
  agent.destroy();
})();
