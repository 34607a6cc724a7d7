import type { AlterOwnerStmt, ReassignOwnedStmt, RoleSpec } from "libpg-query";
import { kindOf, showObject } from "./check-objects.ts";
import { nameOf, nameOfRelation, show, type Name } from "../names.ts";
import type { Context } from "../problem.ts";
import { isNewRole, nameOfRole, rolesIn, showRole, showRoles } from "../roles.ts";

/** OWNER TO of a table, view or sequence. */
export function checkRelationOwner(relation: Name, role: RoleSpec | undefined, at: number, context: Context): void {
  const { scope, report } = context;
  const owner = role && nameOfRole(role, scope);
  // The role already owns it.
  if (owner !== undefined && scope.catalog?.relation(scope.originOf("relation", relation))?.owner === owner) return;
  report({ rule: "change-owner", at, message: ownerMessage(role, show(relation)) });
}

/** OWNER TO of everything else. */
export function checkOwner(statement: AlterOwnerStmt, { scope, report, at }: Context): void {
  const { objectType: type = "OBJECT_SCHEMA", relation, object, newowner } = statement;
  const kind = kindOf(type);
  const name = relation === undefined ? nameOf(object) : nameOfRelation(relation);
  // The app needs no ownership to use these.
  if (unowned.has(type) || (kind !== undefined && scope.isNew(kind, name))) return;
  report({ rule: "change-owner", at, message: ownerMessage(newowner, showObject(type, name)) });
}

export function checkReassign(statement: ReassignOwnedStmt, { scope, report, at }: Context): void {
  const live = rolesIn(statement.roles).filter((role) => !isNewRole(role, scope));
  if (live.length === 0) return;
  const message = ownerMessage(statement.newrole, `everything that ${showRoles(live)} owns`);
  report({ rule: "change-owner", at, message });
}

const unowned: ReadonlySet<string> = new Set([
  "OBJECT_STATISTIC_EXT",
  "OBJECT_PUBLICATION",
  "OBJECT_SUBSCRIPTION",
  "OBJECT_EVENT_TRIGGER",
]);

const ownerMessage = (role: RoleSpec | undefined, what: string) =>
  `OWNER TO ${showRole(role ?? {})} takes all rights on ${what} from the old owner. The previous version may run as that role.`;
