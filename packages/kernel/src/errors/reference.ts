import { errors, type ErrorCode } from './registry.ts';

/** docs/reference/errors.md: every code with its status, whether it can be retried, and what to do. */
export function errorReference(): string {
  const codes = (Object.keys(errors) as ErrorCode[]).sort();
  const areas = [...new Set(codes.map(areaOf))];
  const sections = areas.map((area) => {
    const lines = codes.filter((code) => areaOf(code) === area).map(lineOf);
    return `## ${area}\n\n${lines.join('\n')}\n`;
  });
  return `${head}\n${sections.join('\n')}`;
}

const areaOf = (code: string) => code.split('.', 1)[0]!;

function lineOf(code: ErrorCode): string {
  const { status, retriable, title, remedy } = errors[code];
  return `- <a id="${code}"></a>\`${code}\` (${status}${retriable ? ', may be retried' : ''}): ${title}. ${remedy}`;
}

const head = `# Errors

Every error of the platform has a code. Over HTTP it is the end of a problem's \`type\` (\`/errors#<code>\`, RFC 9457), which
leads to this text on the server that answered; a run that failed carries it in \`error.code\`. Codes are stable: match on them.
An error that may be retried can be gone when the same request is sent again; where \`Retry-After\` is given, after that
many seconds.

This page is made of the registry in \`packages/kernel/src/errors\` by \`pnpm docs:errors\`.
`;
