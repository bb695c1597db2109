import { IsRoleName } from '../roles/index.js';
import { userFields } from '../users/index.js';

/** What an operator gives on the command line. */
export class GrantDto {
  @userFields.IsAddress()
  email: string;

  @IsRoleName()
  role: string;
}
