// Runs Gemini CLI with a stand-in for its model, which calls apps_get once, and prints what the model learns of it.
import { spawn } from "node:child_process";
import http from "node:http";

const learned = [];

/** Returns the part that the model answers with. */
function answer({ contents = [], tools = [] }) {
  const parts = contents.flatMap((content) => content.parts ?? []);
  const results = parts.flatMap((part) => part.functionResponse ?? []);
  learned.push(...results.map((result) => result.response));
  const functions = tools.flatMap((tool) => tool.functionDeclarations ?? []);
  const name = functions.map((each) => each.name).find((each) => each.endsWith("apps_get"));
  const isDone = results.length > 0 || !name;
  return isDone ? { text: "Done." } : { functionCall: { name, args: { uuid: "none-such" } } };
}

const model = http.createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const content = { role: "model", parts: [answer(JSON.parse(body || "{}"))] };
  const reply = JSON.stringify({ candidates: [{ content, finishReason: "STOP", index: 0 }] });
  const isStream = request.url.includes("alt=sse");
  response.writeHead(200, { "content-type": isStream ? "text/event-stream" : "application/json" });
  response.end(isStream ? `data: ${reply}\n\n` : reply);
});
model.listen(0, "127.0.0.1", () => {
  const url = `http://127.0.0.1:${model.address().port}`;
  const env = { ...process.env, GEMINI_API_KEY: "a-key", GOOGLE_GEMINI_BASE_URL: url };
  // With a model of its own, it asks none which one to take.
  const args = ["--approval-mode=yolo", "--model=gemini-2.5-pro", "--prompt=Get the app."];
  const agent = spawn("gemini", args, { env, stdio: "ignore" });
  agent.on("exit", () => {
    console.log(JSON.stringify(learned));
    process.exit();
  });
});
