// A loopback proxy that adds the key to each request, for clients that can't send headers. It ends with
// its standard input.
import http from "node:http";

const { hostname, port } = new URL(process.env.VIBN_MCP_URL);
const server = http.createServer((request, answer) => {
  const headers = { ...request.headers, authorization: `Bearer ${process.env.VIBN_API_KEY}` };
  const options = { hostname, port, method: request.method, path: request.url, headers };
  const passed = http.request(options, (reply) => {
    answer.writeHead(reply.statusCode, reply.rawHeaders);
    reply.pipe(answer);
  });
  passed.on("error", () => answer.destroy());
  answer.on("close", () => passed.destroy());
  request.pipe(passed);
});
process.stdin.on("end", () => process.exit()).resume();
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
