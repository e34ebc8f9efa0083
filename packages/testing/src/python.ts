import { execFileSync } from 'node:child_process';

/** Whether there is a python3 of 3.10 or later that can make a virtual environment. */
export function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import ensurepip, venv, sys; assert sys.version_info >= (3, 10)'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
