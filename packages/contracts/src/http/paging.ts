import { z } from 'zod';

/** Query of every list. */
export const paging = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .describe('Rows a page holds at most; it ends earlier with the row that brings it to 524,288 characters of JSON.'),
  cursor: z
    .string()
    .max(4096)
    .optional()
    .describe('`next_cursor` of the previous page, with the same query; the first page when absent.'),
};
export const pagingQuery = z.strictObject(paging);

/** A page of rows. */
export const page = <Row extends z.ZodType>(row: Row) =>
  z.object({
    data: z.array(row).describe('The rows of this page, in order.'),
    next_cursor: z.string().nullable().describe('Gives the next page; null on the last.'),
    has_more: z.boolean().describe('Whether there is a next page.'),
  });
