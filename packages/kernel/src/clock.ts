/** Where the time comes from: the edge passes it in, the domain never asks. */
export type Clock = () => Date;
export const systemClock: Clock = () => new Date();
