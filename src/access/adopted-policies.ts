import { Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { AccessPolicy } from './access-policy.js';

/** The one instance of each policy, found once, when the app starts. */
@Injectable()
export class AdoptedPolicies {
  private readonly instances = new Map<Type<AccessPolicy>, AccessPolicy>();

  constructor(private readonly modules: ModuleRef) {}

  /** Answers what is wrong with the policy; undefined where it can be asked. */
  adopt(policy: Type<AccessPolicy>): string | undefined {
    let instance: AccessPolicy;
    try {
      instance = this.modules.get<AccessPolicy>(policy, { strict: false });
    } catch {
      return `no module provides the policy ${policy.name} as a singleton`;
    }
    if (typeof instance.allows !== 'function') return `${policy.name} has no method allows()`;
    this.instances.set(policy, instance);
    return undefined;
  }

  /** @throws Error for a policy that was not adopted: a fault, which lets nobody through. */
  of(policy: Type<AccessPolicy>): AccessPolicy {
    const instance = this.instances.get(policy);
    if (instance === undefined) throw new Error(`The policy ${policy.name} was not adopted.`);
    return instance;
  }
}
