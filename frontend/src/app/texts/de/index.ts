import type { Catalogue } from '../catalogue';
import { access } from './access';
import { analytics } from './analytics';
import { browse } from './browse';
import { connect } from './connect';
import { finished } from './finished';
import { formats } from './formats';
import { links } from './links';
import { problems } from './problems';
import { review } from './review';
import { sessions } from './sessions';
import { settings } from './settings';
import { shell } from './shell';
import { transfers } from './transfers';

export const de: Catalogue = {
  shell,
  connect,
  browse,
  review,
  access,
  links,
  transfers,
  finished,
  sessions,
  analytics,
  settings,
  problems,
  formats,
};
