// A client of the official TypeScript SDK, told what to call by lines of JSON on its standard input.
//
// The argument is the server as JSON: {"url": …, "headers": …}, or {"command": …, "args": …}. Each line is {"tool": …, "arguments": …}; the
// answer is a line with what the SDK gave its caller: {"result": …}, or {"thrown": …} when it threw.
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const { url, headers, command, args } = JSON.parse(process.argv[2]);

function transport() {
  if (url) return new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  return new StdioClientTransport({ command, args, stderr: "inherit", env: process.env });
}

function say(what) {
  process.stdout.write(JSON.stringify(what) + "\n");
}

const client = new Client({ name: "flint-tests", version: "1" });
await client.connect(transport());
const { tools } = await client.listTools(); // from here on the SDK holds each answer to its tool's output schema
say({ tools });

for await (const line of createInterface({ input: process.stdin })) {
  const { tool, arguments: given } = JSON.parse(line);
  try {
    say({ result: await client.callTool({ name: tool, arguments: given }) });
  } catch (error) {
    say({ thrown: { name: error.constructor.name, code: error.code, message: error.message, data: error.data } });
  }
}
await client.close();
