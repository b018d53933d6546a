// The server broadcast of ws's README ("including itself"). Host and port are arguments.
import WebSocket, { WebSocketServer } from "ws";

const [host, port] = process.argv.slice(2);
const wss = new WebSocketServer({ host, port: Number(port) });

wss.on("connection", function connection(ws) {
  ws.on("error", console.error);

  ws.on("message", function message(data, isBinary) {
    wss.clients.forEach(function each(client) {
      if (client.readyState === WebSocket.OPEN) {
        client.send(data, { binary: isBinary });
      }
    });
  });
});
