// How a secret can stand. Nothing that a browser lacks.

/** `healthy`: in a kit that was read back, opened and compared; `empty`: there is nothing in it; `waiting`: it changed since; `damaged`: the newest kit could not be proved. */
export const secretStates = ['healthy', 'empty', 'waiting', 'damaged'] as const;

/** One of `secretStates`. */
export type SecretState = (typeof secretStates)[number];

/** Whether a password is as the policy asks. `unknown`: it has none, or no backup read it since it changed. */
export const compliances = ['met', 'unmet', 'unknown'] as const;

/** One of `compliances`. */
export type Compliance = (typeof compliances)[number];
