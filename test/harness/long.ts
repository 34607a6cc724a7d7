/** Whether the long form of a test was asked for, with TEST_LONG=1: every case, where the others take turns. */
export const long: boolean = process.env["TEST_LONG"] === "1";
