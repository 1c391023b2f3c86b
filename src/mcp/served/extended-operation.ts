/** An operation of the catalog with the parameters and members that only the served document has. */
import type * as z from 'zod';
import {
  type Fields,
  OMITTED_EVERYWHERE,
  type Operation,
  type Schema,
  Whole,
} from '../../catalog/operation.js';
import { operationWith } from './unknown-operation.js';
import type { ServedOperation } from '../../logto/served-facts.js';
import { formsOf } from '../../logto/served-schema.js';
import { extend, type IsOmitted, memberSchema } from './zod-schema.js';
