import { Agent, request as send } from 'node:http';

/** A process of its own, so that the work of whoever measures does not show: asks for `/livez` again and again, and tells the
 *  longest that an answer took since it was told to begin. */
const pauseMs = 1;
const url = new URL('/livez', process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let longest = 0;
let asked: string | null = null;

function ask(): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    send(url, { agent }, (incoming) => {
      incoming.resume().on('end', () => resolve(performance.now() - startedAt));
    })
      .on('error', reject)
      .end();
  });
}

process.on('message', (message: string) => {
  asked = message;
});
process.on('disconnect', () => process.exit(0));
for (;;) {
  // What was under way when the question came is part of the answer.
  const question = asked;
  longest = Math.max(longest, await ask());
  if (question !== null) {
    process.send!(longest);
    longest = 0;
    asked = null;
  }
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
