/** Never ends by itself. */
export default function spin(): never {
  for (;;) Math.random();
}
