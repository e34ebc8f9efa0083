import fastify from 'fastify';

/** An OpenAI-compatible teacher that knows about cards, and about balances only once it was shown examples. */
export async function startTeacher() {
  const server = fastify({ forceCloseConnections: true });
  const teacher = { url: '', calls: 0, close: () => server.close() };
  server.post<{ Body: { messages: { role: string; content: string }[] } }>('/v1/chat/completions', ({ body }) => {
    teacher.calls++;
    const shown = body.messages[0]!.content.includes('Example 1');
    const query = body.messages.at(-1)!.content;
    const name = query.includes('balance') && shown ? 'get_balance' : 'block_card';
    return {
      id: 'c1',
      object: 'chat.completion',
      created: 0,
      model: 'teacher',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 't1', type: 'function', function: { name, arguments: '{}' } }],
          },
        },
      ],
      usage: { prompt_tokens: 100, completion_tokens: 7, total_tokens: 107 },
    };
  });
  teacher.url = `${await server.listen({ host: '127.0.0.1', port: 0 })}/v1`;
  return teacher;
}
