import { hopeless } from '../../train-job/report.ts';

/** How a cluster runs the trainer. */
export interface JobSettings {
  namespace: string;
  image: string;
  command: readonly string[];
  /** The claim of the volume with the artifacts, and where the container sees it. */
  volumeClaim: string;
  dataFolder: string;
  cpu: string;
  memory: string;
  serviceAccount?: string | undefined;
  /** Seconds after which the cluster ends the Job. */
  deadlineSeconds: number;
}

export interface JobManifest {
  apiVersion: 'batch/v1';
  kind: 'Job';
  metadata: { name: string; namespace: string; labels: Record<string, string>; annotations: Record<string, string> };
  spec: object;
}

export const container = 'train';

/** The same run is the same Job: a name that Kubernetes takes, made of the run's id. */
export function jobName(runId: string): string {
  return `retort-train-${runId.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')}`.slice(0, 63).replace(/-+$/, '');
}

/** A Job that trains once, without rights: it can read and write artifacts, and nothing else. What would fail again is
 *  not tried again; what was evicted is. */
export function jobManifest(settings: JobSettings, run: { runId: string; model: string; task: string }): JobManifest {
  const resources = { cpu: settings.cpu, memory: settings.memory };
  const labels = { 'app.kubernetes.io/name': 'retort-train', 'app.kubernetes.io/part-of': 'retort' };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(run.runId),
      namespace: settings.namespace,
      labels,
      annotations: { 'retort/run-id': run.runId, 'retort/model': run.model, 'retort/task': run.task },
    },
    spec: {
      backoffLimit: 2,
      activeDeadlineSeconds: settings.deadlineSeconds,
      ttlSecondsAfterFinished: 3600,
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onExitCodes: { containerName: container, operator: 'In', values: [hopeless] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          ...(settings.serviceAccount === undefined ? {} : { serviceAccountName: settings.serviceAccount }),
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: container,
              image: settings.image,
              command: [...settings.command],
              env: [
                { name: 'RETORT_TRAIN_TASK', value: run.task },
                { name: 'RETORT_DATA_FOLDER', value: settings.dataFolder },
                { name: 'RETORT_TERMINATION_LOG', value: '/dev/termination-log' },
              ],
              resources: { requests: resources, limits: resources },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
              terminationMessagePath: '/dev/termination-log',
              volumeMounts: [{ name: 'data', mountPath: settings.dataFolder }],
            },
          ],
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName: settings.volumeClaim } }],
        },
      },
    },
  };
}
