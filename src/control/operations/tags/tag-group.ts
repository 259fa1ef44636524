import { done } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { listTags, tagResource, untagResource } from './tags.ts';

/** Tags of functions, event source mappings, code signing configurations and capacity providers. */
export const TAGS: OperationGroup = {
  title: 'Tags',
  operations: {
    TagResource: { run: tagResource, state: 'done', members: done('Resource Tags') },
    UntagResource: { run: untagResource, state: 'done', members: done('Resource TagKeys') },
    ListTags: { run: listTags, state: 'done', members: done('Resource') },
  },
};
