// The chat of Bun's guide "Build a publish-subscribe WebSocket server": native publish. Host and port are arguments.
const [hostname, port] = process.argv.slice(2);

const server = Bun.serve({
  hostname,
  port: Number(port),
  fetch(req, server) {
    const username = new URL(req.url).searchParams.get("username");
    return server.upgrade(req, { data: { username } }) ? undefined : new Response("Upgrade failed", { status: 400 });
  },
  websocket: {
    open(ws) {
      ws.subscribe("the-group-chat");
    },
    message(ws, message) {
      server.publish("the-group-chat", `${ws.data.username}: ${message}`);
    },
    close(ws) {
      ws.unsubscribe("the-group-chat");
    },
  },
});
