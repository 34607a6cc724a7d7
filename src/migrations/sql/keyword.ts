/** Upper case, like a server: ASCII only. JavaScript would turn some letters beyond ASCII into ASCII letters. */
export function keywordAt(sql: string, index: number, end: number): string {
  const text = sql.slice(index, end);
  return /[^A-Za-z_]/.test(text) ? text : text.toUpperCase();
}
