// @ts-check
/**
 * The one contract of socket.js, stream.js and poll.js; types only, so that no page ever loads it.
 *
 * A transport is handed what it needs to connect, says what comes, and says once how it ended. After that, or after
 * `close`, it is not heard any more. It decides nothing: when and how to come back is up to connection.js.
 *
 * @typedef {object} Wanted
 * @property {() => string} token the session's secret
 * @property {() => string} cursor of the last event that was applied
 * @property {() => string[]} watch who is on the screen
 * @property {() => Record<string, string>} rooms each room to follow, and the cursor in its own stream
 * @property {() => string} mark up to where their presence is known
 * @property {() => void} onOpen the way is proven to be open
 * @property {(mark: string) => void} onMark
 * @property {(event: any) => void} onEvent may close the handle: what is left of a batch is then not heard
 * @property {(reason: string) => void} onReset nothing is delivered until `resume`, or until the next connection
 * @property {(room: string) => void} onRoomReset the same for one room, until it is followed again
 * @property {(retryMs: number) => void} onBye the end is near: come back after so long
 * @property {(end: End) => void} onEnd
 *
 * @typedef {object} Handle
 * @property {() => void} close
 * @property {() => void} watch other people are on the screen now
 * @property {() => void} follow other rooms are wanted now, or one from another cursor
 * @property {() => void} wake something happened to the network or the machine: make sure that it is alive
 * @property {() => void} [resume] after a reset, from the new cursor
 * @property {(frame: any) => Promise<any> | null} [ask] null if the frame cannot go this way; ApiError for a no
 * @property {(frame: any) => boolean} [tell]
 * @property {() => Promise<number>} [ping] milliseconds there and back
 *
 * @typedef {object} End
 * @property {'now' | 'network' | 'restart' | 'slow' | 'gap' | 'full' | 'replaced' | 'signed_out' | 'lost' | 'blocked' | 'silent' | 'refused'} reason
 * @property {string} [text] for people who look for the fault
 * @property {number} [retryMs]
 *
 * `now`: nothing is wrong, connect again · `restart`, `slow`, `gap`, `network`: come back from the cursor · `full`: come back
 * much later · `replaced`: another connection took this one's place · `signed_out`: a new session first · `lost`: the cursor
 * is of no use · `blocked`: it never opened, and nobody said why · `silent`: it seemed to open, but nothing came ·
 * `refused`: never again in this way.
 *
 * @typedef {{connect: (wanted: Wanted) => Handle}} Transport
 */
export {};
