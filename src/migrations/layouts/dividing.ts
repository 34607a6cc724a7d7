import { directionOf } from "./direction.ts";
import { nothing, refused, unknown, type Notation, type Sign } from "./notation.ts";

const [up, down]: readonly [Sign, Sign] = [{ kind: "up" }, { kind: "down" }];
const signs: Readonly<Record<string, Sign>> = { up, down };

/**
 * https://pressly.github.io/goose/documentation/annotations/ Case does not matter. goose refuses white space before the
 * line; seaworthy accepts it.
 */
const goose: Notation = {
  title: "goose",
  claim: /^[ \t]*--+[ \t]*\+[ \t]*goose\b.*$/gim,
  speaksForAll: true,
  read(line) {
    const command = /^--[ \t]*\+goose[ \t]+(.+)$/i.exec(line)?.[1]?.toLowerCase().replaceAll(/\s+/g, " ") ?? "";
    switch (command) {
      case "up":
        return up;
      case "down":
        return down;
      case "statementbegin":
        return { kind: "statement-begin" };
      case "statementend":
        return { kind: "statement-end" };
      case "no transaction":
        return { kind: "no-transaction" };
      case "envsub on":
      case "envsubst on":
        return refused(
          "goose replaces environment variables after this line, and seaworthy does not",
          "Write the values themselves, or let a .js migration or a hook do it",
        );
      case "envsub off":
      case "envsubst off":
        return nothing;
      default:
        return unknown("goose", ["-- +goose Up", "-- +goose Down"]);
    }
  },
};

/** https://github.com/rubenv/sql-migrate#writing-migrations To sql-migrate, every other spelling is a comment. */
const sqlMigrate: Notation = {
  title: "sql-migrate",
  claim: /^[ \t]*--+[ \t]*\+[ \t]*migrate\b.*$/gim,
  joinsParts: true,
  read(line) {
    const [command = "", ...options] = /^-- \+migrate[ \t]+(.+)$/.exec(line)?.[1]?.split(/\s+/) ?? [];
    const known = options.every((option) => option === "notransaction");
    switch (known ? command : "") {
      case "Up":
        return options.length > 0 ? { kind: "up", transaction: false } : up;
      case "Down":
        return down;
      case "StatementBegin":
        return { kind: "statement-begin" };
      case "StatementEnd":
        return { kind: "statement-end" };
      default:
        return unknown("sql-migrate", ["-- +migrate Up", "-- +migrate Down", "-- +migrate Up notransaction"]);
    }
  },
};

/** https://github.com/amacneil/dbmate#creating-migrations */
const dbmate: Notation = {
  title: "dbmate",
  claim: /^[ \t]*--+[ \t]*migrate[ \t]*:.*$/gim,
  read(line) {
    const known = ["-- migrate:up", "-- migrate:down", "-- migrate:up transaction:false"];
    const [, direction = "", options = ""] = /^--[ \t]*migrate:(up|down)(?:[ \t]+(.*))?$/.exec(line) ?? [];
    if (direction === "down") return down;
    if (direction === "up") {
      const words = options.split(/\s+/).filter((word) => word !== "");
      if (words.some((word) => !/^transaction:(true|false)$/.test(word))) return unknown("dbmate", known);
      return words.includes("transaction:false") ? { kind: "up", transaction: false } : up;
    }
    const text = line.slice(line.indexOf(":") + 1);
    return /^\S/.test(text) || directionOf(text) !== undefined ? unknown("dbmate", known) : nothing;
  },
};

/** https://salsita.github.io/node-pg-migrate/migrations/#sql-migrations The rest of the line does not matter to it. */
const nodePgMigrate: Notation = {
  title: "node-pg-migrate",
  claim: /^[ \t]*--[- \t]*(?:up|down)[ \t]+migration.*$/gim,
  read(line) {
    const direction = /^--[- \t]*(up|down)[ \t]+migrations?[-=:*#. \t]*$/i.exec(line)?.[1]?.toLowerCase() ?? "";
    return signs[direction] ?? { kind: "loose" };
  },
};

/** https://github.com/elwinar/rambler */
const rambler: Notation = {
  title: "rambler",
  claim: /^[ \t]*--+[ \t]*rambler\b.*$/gim,
  joinsParts: true,
  read(line) {
    const command = /^-- rambler[ \t]+(up|down)$/.exec(line)?.[1] ?? "";
    return signs[command] ?? unknown("rambler", ["-- rambler up", "-- rambler down"]);
  },
};

/** https://github.com/mbucc/shmig Lines with other decoration are not markers. */
const shmig: Notation = {
  title: "shmig",
  claim: /^[ \t]*-- ={4} +(?:UP|DOWN) +={4}[ \t]*$/gm,
  read: (line) => signs[/UP|DOWN/.exec(line)?.[0]?.toLowerCase() ?? ""] ?? nothing,
};

/** https://www.playframework.com/documentation/latest/Evolutions */
const play: Notation = {
  title: "Play",
  claim: /^[ \t]*(?:#|--).*![ \t]*(?:ups?|downs?)\b.*$/gim,
  joinsParts: true,
  // Play runs two semicolons as one.
  placeholder: /;;|\$evolutions\{\{\{/,
  read(line) {
    if (/!Ups/.test(line)) return up;
    return /!Downs/.test(line) ? down : unknown("Play", ["# --- !Ups", "# --- !Downs"]);
  },
};

/** https://github.com/jackc/tern#migrations */
const tern: Notation = {
  title: "tern",
  claim: /^.*create above[ \t]*\/[ \t]*drop below.*$|^[ \t]*--+[ \t]*tern[ \t]*:.*$/gim,
  beginsUp: true,
  placeholder: /\{\{/,
  read(line) {
    if (line === "---- create above / drop below ----") return down;
    if (line === "---- tern: disable-tx ----") return { kind: "no-transaction" };
    return unknown("tern", ["---- create above / drop below ----", "---- tern: disable-tx ----"]);
  },
};

/** https://mybatis.org/migrations/migrate.html */
const myBatis: Notation = {
  title: "MyBatis Migrations",
  claim: /^[ \t]*(?:--|#|\/\*).*@(?:undo|delimiter)\b.*$/gim,
  beginsUp: true,
  placeholder: /\$\{/,
  read(line) {
    if (/^--[ \t]*\/\/.*@UNDO/.test(line)) return down;
    return unknown("MyBatis Migrations", ["-- //@UNDO"]);
  },
};

/**
 * Turns Play's # comments into -- comments, because Postgres does not know #. Line numbers and markers stay the same.
 */
export function withoutHashComments(source: string): string {
  if (!/^[ \t]*(?:#|--).*!(?:Ups|Downs)/m.test(source)) return source;
  return source.replaceAll(/^([ \t]*)#(?:[ \t#-].*|(?=\r?$))/gm, (line, indent: string) =>
    /!(?:ups?|downs?)\b/i.test(line) ? line : `${indent}--`,
  );
}

/** Tools whose files hold an up and a down part, divided by comment lines. */
export const dividing: readonly Notation[] = [
  goose,
  sqlMigrate,
  dbmate,
  nodePgMigrate,
  rambler,
  shmig,
  play,
  tern,
  myBatis,
];
