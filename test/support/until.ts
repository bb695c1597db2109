/** Asks again and again until it is so; answers whether it became so in time. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<boolean> {
  const end = Date.now() + limitMs;
  while (Date.now() < end) {
    if (await holds()) return true;
    await pause(20);
  }
  return holds();
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
