// The target: a bare Node HTTP server. It logs every request it really got.
// usage: node app.js ADDRESS [KEEP_ALIVE_MS]
const http = require('http');
const [address, keepAlive] = process.argv.slice(2);

const server = http.createServer((req, res) => {
  console.log(req.method, req.url);
  req.resume();
  req.on('end', () => res.end('ok\n'));
});
if (keepAlive) server.keepAliveTimeout = Number(keepAlive);   // 20.20 closes 1000 ms later than this says
server.listen(3000, address);
