import { defineProblem, type LocalizedText } from '../platform/problem/index.js';

/** Told with a detail that says which clash it is. */
export const Conflict = defineProblem({
  code: 'conflict',
  status: 409,
  title: { en: 'Conflict', ko: '충돌' },
  detail: {
    en: 'This clashes with what exists. Nothing was changed.',
    ko: '이미 존재하는 내용과 충돌합니다. 변경된 내용은 없습니다.',
  },
});

export const ROLE_EXISTS: LocalizedText = {
  en: 'A role of this name exists already.',
  ko: '같은 이름의 역할이 이미 있습니다.',
};

export const ADMIN_IS_FIXED: LocalizedText = {
  en: 'The role admin holds every permission that exists, and cannot be changed.',
  ko: 'admin 역할은 존재하는 모든 권한을 가지며 변경할 수 없습니다.',
};

export const ROLE_BUILT_IN: LocalizedText = {
  en: 'The role is built in, and cannot be deleted.',
  ko: '기본 제공 역할은 삭제할 수 없습니다.',
};
