// Recordings: finding them, looking at one for a reason, holding. Content is read from the encrypted copy while it is sent.
import { Failure } from '../../base/failure.ts';
import { holdRecording, releaseRecording } from '../../recordings/catalogue/hold.ts';
import { findRecording } from '../../recordings/catalogue/recording.ts';
import { recordingTotals, searchRecordings } from '../../recordings/catalogue/search.ts';
import { keepsWords, openWordKey } from '../../recordings/catalogue/word-key.ts';
import { desktopBytes, exportRecording } from '../../recordings/replay/export.ts';
import { viewingApprovals, viewRecording } from '../../jobs/recording-viewing.ts';
import { findViewing, viewingsOf } from '../../recordings/replay/viewing.ts';
import { personOf } from '../person-of.ts';
import { byteRange } from '../byte-range.ts';
import { requireRight, rightsOf } from '../recording-rights.ts';
import { type AnyRoute, type ContentSpec, route } from '../route.ts';
import type { ApiSite, Caller } from '../site.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/recordings.ts';

/** Routes about recordings. */
export const recordingRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/recordings',
    allow: 'recordings:read',
    summary: 'Recordings of the catalogue, newest first; no destination is asked',
    query: schemas.recordingQuery,
    answer: schemas.recordingList,
    handle({ site, query }) {
      const { since, until, held, skip, limit, ...facts } = query;
      const given = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
      const page = searchRecordings(
        site.store,
        openWordKey(site.store, site.instanceKey),
        {
          ...(Object.fromEntries(given) as Record<string, string>),
          ...(since === undefined ? {} : { since: new Date(since) }),
          ...(until === undefined ? {} : { until: new Date(until) }),
          ...(held === undefined ? {} : { isHeld: held }),
        },
        { limit, skip },
      );
      return { ...page, totals: recordingTotals(site.store), findsContent: keepsWords(site.store) };
    },
  }),
  route({
    method: 'GET',
    path: '/recordings/{id}',
    allow: 'recordings:read',
    summary: 'What is known of a recording, and who has seen it',
    answer: schemas.recordingDetail,
    handle({ site, params, caller }) {
      const recording = findRecording(site.store, params['id'] ?? '');
      const viewings = viewingsOf(site.store, recording.id).map(({ viewer, how, reason, startedAt, approvedBy }) => ({
        viewer,
        how,
        reason,
        startedAt,
        ...(approvedBy === undefined ? {} : { approvedBy }),
      }));
      const approvals = viewingApprovals(site, recording, caller.name);
      const may = rightsOf(caller);
      const isApproved = approvals.length === 0 || approvals.some(({ state }) => state === 'approved');
      // Opening a repository takes longest of all before the first picture: it is done while the reason is typed.
      if (may.watch && isApproved) void site.archive.prepare(recording.id);
      return { recording, viewings, may, approvals };
    },
  }),
  route({
    method: 'POST',
    path: '/recordings/{id}/viewings',
    allow: ['recordings:watch', 'recordings:export'],
    summary: 'Begin to look at a recording: kept and told before the first byte, approved where that is switched on',
    body: schemas.viewingRequest,
    answer: schemas.viewingView,
    handle({ site, params, body, caller, request }) {
      requireRight(caller, body.how === 'play' ? 'watch' : 'export');
      const recording = findRecording(site.store, params['id'] ?? '');
      return { viewing: viewRecording(site, recording, personOf(caller, request), body).id };
    },
  }),
  route({
    method: 'POST',
    path: '/recordings/{id}/hold',
    allow: 'recordings:hold',
    summary: 'Legal hold: never purge this recording at its source',
    body: schemas.holdRequest,
    answer: nothing,
    handle({ site, params, body, caller }) {
      holdRecording(site, findRecording(site.store, params['id'] ?? '').id, caller.name, body.reason);
      return {};
    },
  }),
  route({
    method: 'POST',
    path: '/recordings/{id}/release',
    allow: 'recordings:hold',
    summary: 'End a legal hold',
    body: schemas.holdRequest,
    answer: nothing,
    handle({ site, params, body, caller }) {
      releaseRecording(site, findRecording(site.store, params['id'] ?? '').id, caller.name, body.reason);
      return {};
    },
  }),
];

/** What is sent as bytes: videos by range, terminals as lines of asciicast. */
export const recordingContents: ContentSpec[] = [
  {
    path: '/recordings/viewings/{viewing}/content',
    allow: ['recordings:watch', 'recordings:export'],
    summary: 'The file of a viewing, whole or by range',
    async open({ site, caller, params, request, signal }) {
      const viewing = viewingOf(site, caller, params['viewing'] ?? '');
      const { file, playable } = await site.archive.open(viewing.recording, { signal, isWatched: true });
      const range = byteRange(request.headers.range, file.size);
      const name = encodeURIComponent(file.name);
      const isExport = viewing.how === 'export';
      return {
        status: range === undefined ? 200 : 206,
        headers: {
          'content-type': isExport
            ? 'application/octet-stream'
            : (playable?.format.mediaType ?? 'application/octet-stream'),
          'content-length': String(range?.length ?? file.size),
          'accept-ranges': 'bytes',
          ...(range === undefined
            ? {}
            : { 'content-range': `bytes ${range.offset}-${range.offset + range.length - 1}/${file.size}` }),
          'content-disposition': `${isExport ? 'attachment' : 'inline'}; filename*=UTF-8''${name}`,
        },
        body: file.read(range),
      };
    },
  },
  {
    path: '/recordings/viewings/{viewing}/events',
    allow: ['recordings:watch', 'recordings:export'],
    summary: 'A terminal recording of a viewing as lines of asciicast 2, whatever it was recorded as',
    async open({ site, caller, params, signal }) {
      const viewing = viewingOf(site, caller, params['viewing'] ?? '');
      const archived = await site.archive.open(viewing.recording, { signal, isWatched: true });
      return {
        status: 200,
        headers: { 'content-type': 'application/x-asciicast' },
        body: exportRecording(archived, 'asciicast'),
        // A damage in the middle ends the lines with one that says so: the answer has begun by then.
        atFailure: (failure) => `${JSON.stringify({ damage: failure.message })}\n`,
      };
    },
  },
  {
    path: '/recordings/viewings/{viewing}/desktop',
    allow: ['recordings:watch', 'recordings:export'],
    summary: 'A desktop recording of a viewing as instructions of Guacamole’s protocol, unpacked',
    async open({ site, caller, params, signal }) {
      const viewing = viewingOf(site, caller, params['viewing'] ?? '');
      const archived = await site.archive.open(viewing.recording, { signal, isWatched: true });
      return {
        status: 200,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: desktopBytes(archived),
      };
    },
  },
];

function viewingOf(site: ApiSite, caller: Caller, id: string) {
  const viewing = findViewing(site.store, id);
  const now = site.clock.now().toISOString();
  if (viewing !== undefined && viewing.viewer === caller.name && now < viewing.endsAt) {
    requireRight(caller, viewing.how === 'play' ? 'watch' : 'export');
    return viewing;
  }
  throw new Failure('recordings.no-viewing', {
    message: 'this viewing is not yours, is over, or never began',
    hint: 'Open the recording again and say why you want to see it.',
  });
}
