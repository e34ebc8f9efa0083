import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readToolsets, toolsNamed } from '../src/toolset-file.ts';
import { folder } from './folder.ts';

async function toolsFile(content: unknown): Promise<string> {
  const path = join(await folder(), 'tools.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('a tools file', () => {
  it('with one list serves whatever name the rows use', async () => {
    const toolsets = await readToolsets(await toolsFile([{ name: 'pay' }]), 'train.jsonl');
    expect(toolsNamed(toolsets, 'anything')).toEqual([{ name: 'pay' }]);
  });

  it('with lists by name serves those names only', async () => {
    const toolsets = await readToolsets(await toolsFile({ bank: [{ name: 'pay' }] }), 'train.jsonl');
    expect(toolsNamed(toolsets, 'bank')).toEqual([{ name: 'pay' }]);
    expect(toolsNamed(toolsets, 'shop')).toBeUndefined();
  });

  it('beside the training file is found without being named', async () => {
    const path = await toolsFile([{ name: 'pay' }]);
    const toolsets = await readToolsets(undefined, join(path, '..', 'train.jsonl'));
    expect(toolsNamed(toolsets, 'bank')).toHaveLength(1);
  });

  it('may be absent when rows bring their tools', async () => {
    const toolsets = await readToolsets(undefined, join(await folder(), 'train.jsonl'));
    expect(toolsNamed(toolsets, 'bank')).toBeUndefined();
  });

  it('that is wrong is named with its JSON pointer', async () => {
    const path = await toolsFile({ bank: [{ name: 'pay' }, { description: 'nameless' }] });
    await expect(readToolsets(path, 'train.jsonl')).rejects.toThrow('/bank/1/name');
    await expect(readToolsets(await toolsFile('{'), 'train.jsonl')).rejects.toThrow('is no list of tools');
  });
});
