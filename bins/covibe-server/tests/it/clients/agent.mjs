// Runs an agent with a stand-in for its model, which makes one call after the other, and prints the tools that the
// model is offered and the results of its calls.
//
// AGENT is a command that finds the address of the model in MODEL. DIALECT is the language that the agent speaks with
// its model, and CALLS has the names of tools and their parameters.
import { spawn } from "node:child_process";
import http from "node:http";

const calls = JSON.parse(process.env.CALLS);
const learned = { tools: [], results: [] };
const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const events = (all) => all.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

/** Google's contents: tools have the name of their server in their names. */
const contents = {
  isQuestion: (url) => url.includes("enerateContent"),
  read({ contents = [], tools = [] }) {
    const functions = tools.flatMap((tool) => tool.functionDeclarations ?? []);
    const parts = contents.flatMap((content) => content.parts ?? []);
    const results = parts.flatMap((part) => part.functionResponse ?? []);
    return { tools: functions.map(({ name }) => name), results: results.map(({ response }) => text(response)) };
  },
  answer({ call, url }) {
    const part = call ? { functionCall: { name: call.name, args: call.args } } : { text: "Done." };
    const content = { role: "model", parts: [part] };
    const reply = JSON.stringify({ candidates: [{ content, finishReason: "STOP", index: 0 }] });
    return url.includes("alt=sse") ? `data: ${reply}\n\n` : reply;
  },
};

/** Anthropic's messages: tools have the name of their server in their names. */
const messages = {
  isQuestion: (url) => /^\/v1\/messages(\?|$)/.test(url),
  read({ messages = [], tools = [] }) {
    const parts = messages.flatMap(({ content }) => (Array.isArray(content) ? content : []));
    const results = parts.filter((part) => part.type === "tool_result").map(({ content }) => content);
    const all = (parts) => parts.map((part) => part.text ?? "").join("");
    return {
      tools: tools.map(({ name }) => name).filter((name) => name.includes("vibn-mark")),
      results: results.map((result) => (Array.isArray(result) ? all(result) : text(result))),
    };
  },
  answer({ call, position }) {
    const block = call
      ? { type: "tool_use", id: `toolu_${position}`, name: call.name, input: {} }
      : { type: "text", text: "" };
    const delta = call
      ? { type: "input_json_delta", partial_json: JSON.stringify(call.args) }
      : { type: "text_delta", text: "Done." };
    const usage = { input_tokens: 1, output_tokens: 1 };
    const begin = { stop_reason: null, stop_sequence: null };
    const end = { stop_reason: call ? "tool_use" : "end_turn", stop_sequence: null };
    const message = { type: "message", role: "assistant", model: "stand-in", content: [], usage, ...begin };
    return events([
      { type: "message_start", message: { id: `msg_${position}`, ...message } },
      { type: "content_block_start", index: 0, content_block: block },
      { type: "content_block_delta", index: 0, delta },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: end, usage },
      { type: "message_stop" },
    ]);
  },
};

/** OpenAI's responses: the tools of a server are in a namespace. */
const responses = {
  isQuestion: (url) => url === "/v1/responses",
  read({ input = [], tools = [] }) {
    const namespace = tools.find(({ name }) => name?.startsWith("mcp__"));
    const outputs = input.filter((item) => item.type === "function_call_output");
    return {
      namespace: namespace?.name,
      tools: (namespace?.tools ?? []).map(({ name }) => name),
      results: outputs.map(({ output }) => text(output)),
    };
  },
  answer({ call, namespace, position }) {
    const ids = { id: `item_${position}`, call_id: `call_${position}` };
    const item = call
      ? { type: "function_call", name: call.name, namespace, arguments: JSON.stringify(call.args) }
      : { type: "message", role: "assistant", content: [{ type: "output_text", text: "Done." }] };
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    const id = `resp_${position}`;
    return events([
      { type: "response.created", response: { id } },
      { type: "response.output_item.done", output_index: 0, item: { ...item, ...ids } },
      { type: "response.completed", response: { id, usage } },
    ]);
  },
};

const dialect = { contents, messages, responses }[process.env.DIALECT];

/** Returns the answer of the model: the call that comes after those that have results, or the end. */
function answer(url, body) {
  if (!dialect.isQuestion(url)) return JSON.stringify({ data: [], models: [] });
  const question = dialect.read(body);
  const position = question.results.length;
  // Agents also ask for a title or a summary, without tools.
  if (question.tools.length > 0 && position >= learned.results.length) Object.assign(learned, question);
  const [tool, args] = calls[position] ?? [];
  const name = tool && question.tools.find((name) => name.endsWith(tool));
  return dialect.answer({ ...question, url, position, call: name && { name, args } });
}

const model = http.createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const reply = request.method === "POST" ? answer(request.url, JSON.parse(body || "{}")) : answer("", {});
  const isStream = reply.startsWith("event:") || reply.startsWith("data:");
  response.writeHead(200, { "content-type": isStream ? "text/event-stream" : "application/json" });
  response.end(reply);
});
model.listen(0, "127.0.0.1", () => {
  const env = { ...process.env, MODEL: `http://127.0.0.1:${model.address().port}` };
  const agent = spawn("sh", ["-c", process.env.AGENT], { env, stdio: ["ignore", "ignore", "inherit"] });
  agent.on("exit", () => {
    console.log(JSON.stringify(learned));
    process.exit();
  });
});
