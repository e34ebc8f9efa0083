import { SingleBar } from 'cli-progress';

/** One step of long work after another, on stderr: a bar in a terminal, a line per step elsewhere. */
export interface Progress {
  /** Enters a step, or moves within it. `fraction` runs from 0 to 1. */
  step(name: string, fraction?: number, detail?: string): void;
  done(): void;
}

export function terminalProgress(): Progress {
  return process.stderr.isTTY ? barProgress() : lineProgress();
}

function barProgress(): Progress {
  const open = (name: string) => {
    const bar = new SingleBar({
      format: '{name} {bar} {percentage}% {detail}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: false,
      barsize: 32,
    });
    bar.start(1000, 0, { name: name.padEnd(24), detail: '' });
    return bar;
  };
  let current: { name: string; bar: SingleBar } | undefined;
  const close = () => {
    current?.bar.update(1000);
    current?.bar.stop();
    current = undefined;
  };
  return {
    step(name, fraction = 0, detail = '') {
      if (current?.name !== name) {
        close();
        current = { name, bar: open(name) };
      }
      current.bar.update(Math.round(fraction * 1000), { detail });
    },
    done: close,
  };
}

function lineProgress(): Progress {
  let current: string | undefined;
  return {
    step(name) {
      if (current === name) return;
      current = name;
      process.stderr.write(`${name} …\n`);
    },
    done() {
      current = undefined;
    },
  };
}
