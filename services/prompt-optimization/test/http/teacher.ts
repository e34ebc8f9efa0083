import { calling, startTeacher } from '@retort/testing/teacher';

/** A teacher that knows about cards, and about balances only once it was shown examples. */
export const startLearningTeacher = () =>
  startTeacher(
    calling(({ messages }) => {
      const shown = messages[0]!.content.includes('Example 1');
      return messages.at(-1)!.content.includes('balance') && shown ? 'get_balance' : 'block_card';
    }),
  );
