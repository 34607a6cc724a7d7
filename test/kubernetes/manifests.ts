import type { ClusterImages } from "./images.ts";

/** What PodSecurity's profile `restricted` demands of a container. */
const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
const seccompProfile = { type: "RuntimeDefault" };

export function namespaceOf(name: string, profile: "restricted" | "privileged"): object {
  const labels = { "seaworthy.test": "kubernetes", "pod-security.kubernetes.io/enforce": profile };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/**
 * A Postgres, which waits while the file /data/down exists. Its Service always has the Pod's address. While Postgres is
 * down, connections are then refused.
 */
export function databaseOf({ postgres, postgresUser }: ClusterImages, password: string): readonly object[] {
  const labels = { app: "database" };
  const command = "while [ -e /data/down ]; do sleep 1; done; exec start-postgres postgres";
  return [
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "database", labels },
      spec: {
        terminationGracePeriodSeconds: 5,
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: postgresUser, fsGroup: postgresUser, seccompProfile },
        containers: [
          {
            name: "postgres",
            image: postgres,
            imagePullPolicy: "IfNotPresent",
            command: ["sh", "-c", command],
            env: [
              { name: "PGDATA", value: "/data/cluster" },
              { name: "POSTGRES_DB", value: "shop" },
              { name: "POSTGRES_PASSWORD", value: password },
            ],
            readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 1 },
            securityContext: restricted,
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
        volumes: [{ name: "data", emptyDir: {} }],
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "database" },
      spec: { selector: labels, ports: [{ port: 5432 }], publishNotReadyAddresses: true },
    },
  ];
}

export function secretOf(name: string, url: string): object {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData: { url } };
}

/** The right to watch EndpointSlices, as an ingress has it. */
export function accountOf(namespace: string): readonly object[] {
  const apiGroup = "rbac.authorization.k8s.io";
  const metadata = { name: "clients" };
  const rules = [{ apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] }];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: `${apiGroup}/v1`, kind: "Role", metadata, rules },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup, kind: "Role", name: "clients" },
      subjects: [{ kind: "ServiceAccount", name: "clients", namespace }],
    },
  ];
}

/** The Pod of the load clients. It is ready when each of them has had a right answer. */
export function clientsOf(image: string, name: string, service: string, releases: readonly string[]): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: "clients" } },
    spec: {
      restartPolicy: "Never",
      serviceAccountName: "clients",
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 10002, seccompProfile },
      containers: [
        {
          name: "clients",
          image,
          imagePullPolicy: "IfNotPresent",
          env: [
            { name: "SERVICE", value: service },
            { name: "RELEASES", value: releases.join(",") },
          ],
          readinessProbe: { httpGet: { path: "/begun", port: 9000 }, periodSeconds: 1, failureThreshold: 1 },
          securityContext: restricted,
        },
      ],
    },
  };
}

/** A Pod on the same node that kills PID 1 of another Pod. */
export function killerOf(image: string, pod: string, node: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "killer" },
    spec: {
      restartPolicy: "Never",
      hostPID: true,
      nodeName: node,
      containers: [
        {
          name: "killer",
          image,
          imagePullPolicy: "IfNotPresent",
          args: ["/load/kubernetes/client/kill.ts", pod],
          // It reads the environment of processes of another user, and kills one.
          securityContext: {
            runAsUser: 0,
            capabilities: { drop: ["ALL"], add: ["DAC_OVERRIDE", "SYS_PTRACE", "KILL"] },
          },
        },
      ],
    },
  };
}
