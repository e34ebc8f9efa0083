import type { Reporter, TestCase } from 'vitest/node';

type Verdict = 'pass' | 'FAIL' | 'skipped';
/** Adapter → guarantee → verdict. */
type Contract = Map<string, Map<string, Verdict>>;

const suiteName = /^(event store|event bus): (.+)$/;
const reasonInName = / \[skipped.*\]$/;

/** Says at the end of a run what each adapter of a port guarantees: a column an adapter, a row a guarantee. */
export function contractTable(print: (text: string) => void = (text) => void process.stdout.write(text)): Reporter {
  return {
    onTestRunEnd(modules) {
      const contracts = new Map<string, Contract>();
      for (const module of modules) for (const test of module.children.allTests()) enter(contracts, test);
      for (const [port, contract] of contracts) print(`\n${tableOf(port, contract)}\n`);
    },
  };
}

function enter(contracts: Map<string, Contract>, test: TestCase): void {
  const suites = suitesOf(test);
  const start = suites.findIndex((suite) => suiteName.test(suite));
  const [, port, adapter] = suiteName.exec(suites[start] ?? '') ?? [];
  if (port === undefined || adapter === undefined) return;
  const contract = contracts.get(port) ?? new Map<string, Map<string, Verdict>>();
  const guarantees = contract.get(adapter) ?? new Map<string, Verdict>();
  contracts.set(port, contract.set(adapter, guarantees));
  const state = test.result().state;
  const inside = suites.slice(start + 1);
  // A test outside the contract's own suites stands for the whole of it: an adapter that was not there to be asked.
  if (inside.length === 0 && reasonInName.test(test.name)) return;
  const guarantee = [...inside, test.name.replace(reasonInName, '')].join(': ');
  guarantees.set(guarantee, state === 'passed' ? 'pass' : state === 'failed' ? 'FAIL' : 'skipped');
}

function suitesOf(test: TestCase): string[] {
  const names: string[] = [];
  for (let node = test.parent; node.type === 'suite'; node = node.parent) names.unshift(node.name);
  return names;
}

function tableOf(port: string, contract: Contract): string {
  const adapters = [...contract.keys()];
  const guarantees = [...new Set([...contract.values()].flatMap((verdicts) => [...verdicts.keys()]))];
  // Every adapter is asked for the same: what it has no verdict on was not asked.
  const verdict = (adapter: string, guarantee: string) => contract.get(adapter)?.get(guarantee) ?? 'skipped';
  const row = (cells: readonly string[], last: string) =>
    `  ${cells.map((cell, column) => cell.padEnd(adapters[column]!.length)).join('  ')}  ${last}`;
  const totals = adapters.map((adapter) => {
    const passed = guarantees.filter((guarantee) => verdict(adapter, guarantee) === 'pass').length;
    return `${passed}/${guarantees.length}`;
  });
  return [
    `Contract of the ${port}: what each adapter guarantees`,
    row(adapters, 'guarantee'),
    ...guarantees.map((guarantee) =>
      row(
        adapters.map((adapter) => verdict(adapter, guarantee)),
        guarantee,
      ),
    ),
    row(totals, 'passed'),
  ].join('\n');
}
