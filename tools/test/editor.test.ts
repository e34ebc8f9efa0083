import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { WebSocket } from 'undici';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { read, root } from './repository.ts';

const run = promisify(execFile);
const launch = z
  .object({
    configurations: z.array(
      z.object({ name: z.string(), program: z.string(), runtimeArgs: z.array(z.string()).default([]) }),
    ),
  })
  .parse(JSON.parse(read('.vscode/launch.json').replaceAll('${workspaceFolder}', root.replace(/\/$/, ''))));

const named = (name: string) => launch.configurations.find((configuration) => configuration.name === name)!;

interface InspectorMessage {
  method?: string;
  params: {
    scriptId: string;
    url: string;
    hitBreakpoints?: string[];
    callFrames: { location: { scriptId: string } }[];
  };
}

/** Starts the program under the inspector and returns where it pauses when a breakpoint is set in a source file. */
async function pausesAt(program: string, runtimeArgs: string[], breakpoint: { source: string; line: number }) {
  const child = spawn(process.execPath, ['--inspect-brk=127.0.0.1:0', ...runtimeArgs, program, '--validate'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const lines = createInterface({ input: child.stderr });
    let url: string | undefined;
    for await (const line of lines) if ((url = /ws:\S+/.exec(line)?.[0])) break;
    child.stderr.resume();
    const socket = new WebSocket(url!);
    await once(socket, 'open');
    return await new Promise<string>((resolve, reject) => {
      const scripts = new Map<string, string>();
      let sent = 0;
      const send = (method: string, params = {}) => socket.send(JSON.stringify({ id: ++sent, method, params }));
      socket.addEventListener('error', () => reject(new Error('the inspector hung up')));
      child.once('exit', () => reject(new Error('the program ended without reaching the breakpoint')));
      socket.addEventListener('message', ({ data }) => {
        const { method, params } = JSON.parse(String(data)) as InspectorMessage;
        if (method === 'Debugger.scriptParsed') scripts.set(params.scriptId, params.url);
        if (method !== 'Debugger.paused') return;
        if (params.hitBreakpoints?.length) return resolve(scripts.get(params.callFrames[0]!.location.scriptId) ?? '');
        send('Debugger.resume');
      });
      send('Debugger.enable');
      send('Debugger.setBreakpointByUrl', { lineNumber: breakpoint.line, urlRegex: breakpoint.source });
      send('Runtime.runIfWaitingForDebugger');
    });
  } finally {
    child.kill('SIGKILL');
  }
}

describe('the debug configurations', () => {
  it('name programs that exist', () => {
    expect(launch.configurations.filter(({ program }) => !existsSync(program))).toEqual([]);
  });

  it('start the platform from its sources', async () => {
    const { program, runtimeArgs } = named('platform');
    const { stdout } = await run(process.execPath, [...runtimeArgs, program, '--validate'], { cwd: root });
    expect(JSON.parse(stdout)).toMatchObject({ port: 4000 });
  });

  it('stop at a breakpoint in a TypeScript source', async () => {
    const { program, runtimeArgs } = named('platform');
    const at = await pausesAt(program, runtimeArgs, {
      source: '.*/service-kit/src/config/parse-config\\.ts.*',
      line: 0,
    });
    expect(at).toContain('packages/service-kit/src/config/parse-config.ts');
  });
});
